package architecture

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Package main puts commands together. What makes it grow belongs to one of them, or to
// what they share.
func TestPackageMainIsSmall(t *testing.T) {
	t.Parallel()
	const most = 800
	lines := 0
	for _, file := range productFiles(t) {
		if filepath.ToSlash(filepath.Dir(file)) != "cmd/jottarun" {
			continue
		}
		text, err := os.ReadFile(filepath.Join("..", "..", file))
		if err != nil {
			t.Fatal(err)
		}
		lines += bytes.Count(text, []byte("\n"))
	}
	if lines == 0 || lines > most {
		t.Errorf("package main has %d lines, want at most %d", lines, most)
	}
}
