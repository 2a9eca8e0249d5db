package clients

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
)

// InstallLink returns the link that makes a client install the published program, or "" if it has none. It holds no
// key: the client asks for one, or the server says in its first answer what to set.
func (c Client) InstallLink() string {
	if c.Link == nil {
		return ""
	}
	return c.Link(Published("", ""))
}

// object is JSON; of these shapes it cannot fail.
func object(value any) []byte {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return raw
}

// escape is encodeURIComponent: a blank is %20.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

func packed(l Launch) string { return escape(base64.StdEncoding.EncodeToString(object(plain(l)))) }

func cursorLink(l Launch) string {
	return "https://cursor.com/en/install-mcp?name=" + EntryName + "&config=" + packed(l)
}

func lmstudioLink(l Launch) string {
	return "https://lmstudio.ai/install-mcp?name=" + EntryName + "&config=" + packed(l)
}

func kiroLink(l Launch) string {
	return "https://kiro.dev/launch/mcp/add?name=" + EntryName + "&config=" + escape(string(object(plain(l))))
}

// vscodeLink has VS Code ask for the key.
func vscodeLink(l Launch) string {
	l.Env = map[string]string{KeyVariable: "${input:" + inputID + "}"}
	return "https://insiders.vscode.dev/redirect/mcp/install?name=" + EntryName +
		"&config=" + escape(string(object(typed("stdio")(l)))) + "&inputs=" + escape(string(object([]input{keyInput})))
}

// gooseLink has Goose ask for the key.
func gooseLink(l Launch) string {
	link := "goose://extension?cmd=" + escape(l.Command)
	for _, arg := range l.Args {
		link += "&arg=" + escape(arg)
	}
	return link + "&id=" + EntryName + "&name=Gumroad&description=" + escape(about) +
		"&env=" + escape(KeyVariable+"=Maton API key")
}
