//go:build unix

package emulator

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/sourcegraph/conc"
)

const childDirectory = "EMULATOR_TEST_CHILD_DIRECTORY"

// TestMain lets the test binary be the server that TestKill kills.
func TestMain(m *testing.M) {
	if directory := os.Getenv(childDirectory); directory != "" {
		serveUntilKilled(directory)
	}
	os.Exit(m.Run())
}

func serveUntilKilled(directory string) {
	s, err := Open(Options{Directory: directory, Username: "u1", Password: "secret", Devices: []string{"mybox"}})
	if err == nil {
		var running *Running
		if running, err = Start(s, "127.0.0.1:0"); err == nil {
			fmt.Println(running.URL, s.Token())
			select {}
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// TestKill kills the server in the middle of concurrent uploads, again and again:
// whatever was answered COMPLETED is there, with its bytes.
func TestKill(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	done := map[string]string{}
	for round := range 4 {
		uploadAndKill(t, directory, round, done)
	}
	s := reopen(t, Options{Directory: directory, Username: "u1", Password: "secret"})
	present := map[string]string{}
	for _, file := range s.Tree("/mybox/backup") {
		present[file.Path] = file.MD5
		content, err := s.contents.open(mustSum(file.MD5))
		if err != nil {
			t.Errorf("%s: %v", file.Path, err)
			continue
		}
		info, err := content.Stat()
		if err != nil || info.Size() != file.Size {
			t.Errorf("%s: %v, %v", file.Path, info.Size(), err)
		}
		_ = content.Close()
	}
	for path, sum := range done {
		if present[path] != sum {
			t.Errorf("%s was answered COMPLETED with MD5 %s, now has %q", path, sum, present[path])
		}
	}
	if len(done) < 20 {
		t.Errorf("only %d uploads were answered", len(done))
	}
}

func uploadAndKill(t *testing.T, directory string, round int, done map[string]string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDirectory+"="+directory)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url, token, _ := strings.Cut(strings.TrimSpace(line), " ")
	s := &Server{token: token}
	c := &cloud{t, s, url}
	if round == 0 {
		c.mountpoint("/mybox/backup")
	}
	answered := make(chan [2]string, 1000)
	var workers conc.WaitGroup
	for worker := range 4 {
		workers.Go(func() {
			for i := 0; uploadOne(c, fmt.Sprintf("r%d/w%d/f%d", round, worker, i), answered); i++ {
			}
		})
	}
	for range 15 + 7*round {
		pair := <-answered
		done[pair[0]] = pair[1]
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	workers.Wait()
	_ = child.Wait() // it was killed
	close(answered)
	for pair := range answered {
		done[pair[0]] = pair[1]
	}
}

// uploadOne says whether the upload was answered with success.
func uploadOne(c *cloud, path string, answered chan<- [2]string) bool {
	content := "content of " + path
	request := fmt.Sprintf(`{"path":"/jfs/mybox/backup/%s","bytes":%d,"md5":"%s"}`, path, len(content), sumOf(content))
	a, err := c.try("POST", "/files/v1/allocate", request)
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(a.body, `"upload_url":"`)
	url, _, _ := strings.Cut(rest, `"`)
	if a, err = c.try("POST", url, content); err != nil || a.status != 200 {
		return false
	}
	answered <- [2]string{path, sumOf(content)}
	return true
}
