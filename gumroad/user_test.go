package gumroad_test

import (
	"testing"
)

// TestAvatar: Gumroad's code and its documentation name the picture differently.
func TestAvatar(t *testing.T) {
	for body, want := range map[string]string{
		`{"success":true,"user":{"id":"1","profile_url":"https://a.example/1.png"}}`:                               "https://a.example/1.png",
		`{"success":true,"user":{"id":"1","profile_picture_url":"https://a.example/2.png"}}`:                       "https://a.example/2.png",
		`{"success":true,"user":{"id":"1","profile_url":"https://a.example/1.png","profile_picture_url":null}}`:    "https://a.example/1.png",
		`{"success":true,"user":{"id":"1","name":"A","profile_url":{"odd":1},"profile_picture_url":"https://b/"}}`: "https://b/",
	} {
		got, err := answering(t, true, reply{status: 200, body: body}).GetUser(t.Context(), struct{}{})
		if err != nil || got.ProfileURL != want || got.ID != "1" {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}
