// What is left of the arguments' schemas once a client has converted them for a model.
import { isDeepStrictEqual } from 'node:util';

// losses names the keywords that any of the converted tools lacks or has changed. What a client adds is no loss.
export function losses(tools, converted) {
  const lost = new Set();
  for (const { name, inputSchema } of tools) {
    compare(inputSchema, converted.find(tool => tool.name === name)?.schema ?? {}, lost);
  }
  return [...lost].sort();
}

function compare(before, after, lost) {
  for (const [keyword, value] of Object.entries(before)) {
    if (keyword === 'properties') {
      for (const [name, property] of Object.entries(value)) compare(property, after.properties?.[name] ?? {}, lost);
    } else if (keyword === 'items') {
      compare(value, after.items ?? {}, lost);
    } else if (!isDeepStrictEqual(value, after[keyword])) {
      lost.add(keyword);
    }
  }
}
