package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const maxFileSize = 1 << 20

// findFiles puts the jobs files of a folder in its place. Who may add a file to the
// folder decides as much as who may write one, so the folder is checked as well.
func findFiles(paths []string) (files []string, errs Errors) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			files = append(files, path) // reading it tells what is wrong
			continue
		}
		inside, err := filesIn(path, info)
		if err != nil {
			errs = append(errs, fileError(path, err))
		}
		files = append(files, inside...)
	}
	for i, file := range files {
		if slices.Contains(files[:i], file) {
			errs = append(errs, fileError(file, errors.New("is named twice")))
			return nil, errs
		}
	}
	return files, errs
}

func filesIn(folder string, info fs.FileInfo) (files []string, err error) {
	if err := checkOwner(folder, info); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(folder) // by name
	for _, e := range entries {
		extension := filepath.Ext(e.Name())
		if (extension == ".yaml" || extension == ".yml") && !strings.HasPrefix(e.Name(), ".") && !e.IsDir() {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	if err == nil && len(files) == 0 {
		err = errors.New("has no *.yaml in it")
	}
	return files, err
}

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
