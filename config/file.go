package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

const maxFileSize = 1 << 20

// readFile reads a jobs file or a pattern file. Both decide where files and
// logins go, so it refuses what anyone else could have written. It is checked
// on the open descriptor: what was checked is what is read.
func readFile(path string) (string, error) {
	f, err := os.OpenFile(path, openFlags, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if err := checkFile(path, info); err != nil {
		return "", err
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return "", err
	}
	if len(content) > maxFileSize {
		return "", errors.New("is larger than 1 MiB, which no jobs or pattern file needs")
	}
	return strings.TrimPrefix(string(content), "\ufeff"), nil
}

func checkFile(path string, info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return errors.New("is a folder, not a file")
	case !info.Mode().IsRegular():
		return errors.New("is not a regular file")
	}
	return checkOwner(path, info)
}

// fileError is an Error about a file as a whole.
func fileError(path string, err error) *Error {
	return &Error{File: path, Msg: reason(err), cause: err}
}

// reason drops the operation and the path that the message names anyway.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return "cannot be read: " + pathErr.Err.Error()
	}
	return err.Error()
}
