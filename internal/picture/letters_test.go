package picture

import (
	"strings"
	"testing"
)

func TestLegible(t *testing.T) {
	letters, err := newLetters()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		ok         bool
	}{
		{"Brush pack", "Brush pack", true},
		{"Ääkköset, Ελληνικά, Кириллица", "Ääkköset, Ελληνικά, Кириллица", true},
		{"日本語の水彩ブラシ", "日本語の水彩ブラシ", true},
		{"简体中文", "简体中文", true},
		{"한국어 팩", "한국어 팩", true},
		{"e\u0301te\u0301", "été", true},
		{"Hướng dẫn", "Hướng dẫn", true},
		{"🎨 Brush pack ✨", "Brush pack", true},
		{"two\nlines\tand\x00more", "two lines andmore", true},
		{"🔥🔥🔥", "", false},
		{"🔥 !", "!", false},
		{"हिन्दी 2", "2", false},
		{"", "", false},
	} {
		got, ok := letters.legible(plain, c.name)
		if got != c.want || ok != c.ok {
			t.Errorf("%q: %q, %v", c.name, got, ok)
		}
	}
}

func TestShape(t *testing.T) {
	letters, err := newLetters()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Brush pack": "Brush pack",
		"بيت":        "ﺖﻴﺑ", // joined, and from right to left
		"דג":         "גד",
		"Preset דג":  "Preset גד",
		"דג 12":      "12 גד",
		"خط Arabic":  "Arabic ﻂﺧ",
	} {
		if got := strings.Join(strings.Fields(letters.shape(plain, name)), " "); got != want {
			t.Errorf("%q: %+q instead of %+q", name, got, want)
		}
	}
}
