package kept_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/kept"
)

func TestMap(t *testing.T) {
	now := time.Date(2026, 11, 15, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }

	t.Run("a value is kept for its lifetime", func(t *testing.T) {
		m := kept.New[int](10, time.Minute, clock)
		m.Put("a", 1)
		if v, ok := m.Get("a"); !ok || v != 1 {
			t.Errorf("at once: %d, %t", v, ok)
		}
		now = now.Add(time.Minute)
		if v, ok := m.Get("a"); ok {
			t.Errorf("after its lifetime: %d", v)
		}
	})
	t.Run("a deleted value is gone", func(t *testing.T) {
		m := kept.New[int](10, time.Minute, clock)
		m.Put("a", 1)
		m.Delete("a")
		if v, ok := m.Get("a"); ok {
			t.Errorf("%d", v)
		}
	})
	t.Run("old values make room before others", func(t *testing.T) {
		m := kept.New[int](2, time.Minute, clock)
		m.Put("old", 1)
		now = now.Add(30 * time.Second)
		m.Put("young", 2)
		now = now.Add(30 * time.Second)
		m.Put("new", 3)
		for _, name := range []string{"young", "new"} {
			if _, ok := m.Get(name); !ok {
				t.Errorf("%s is gone", name)
			}
		}
	})
	t.Run("there are never more than the most", func(t *testing.T) {
		m := kept.New[int](3, time.Minute, clock)
		for i := range 100 {
			m.Put(fmt.Sprint(i), i)
		}
		left := 0
		for i := range 100 {
			if _, ok := m.Get(fmt.Sprint(i)); ok {
				left++
			}
		}
		if left != 3 {
			t.Errorf("%d are kept", left)
		}
	})
}
