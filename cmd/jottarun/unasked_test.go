package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhatAServerSaysUnaskedIsNotPrinted has a server send more than its answer, which
// net/http tells the standard log of.
func TestWhatAServerSaysUnaskedIsNotPrinted(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer connection.Close()
		status := "503 Service Unavailable" // is asked again after a while
		if r.Method == http.MethodPost {
			status = "404 Not Found" // HTTP Basic is all there is
		}
		_, _ = io.WriteString(connection, "HTTP/1.1 "+status+"\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nX: unasked\r\n\r\n")
		_, _ = io.ReadAll(connection)
	}))
	defer server.Close()
	b := newBench(t, "{service: custom, endpoints: {jfs: "+server.URL+", api: "+server.URL+"}}")
	jobs := filepath.Join(b.folder, "jobs.yaml")
	text, err := os.ReadFile(jobs)
	check(t, err)
	b.write("jobs.yaml", strings.Replace(string(text), "retries: 0", "retries: 1", 1))
	command := exec.Command("jottarun", "whoami", "-c", jobs)
	command.Env = append(command.Environ(), "JOTTACLOUD_USERNAME=u1", "JOTTACLOUD_PASSWORD=p", noRaceExit)
	said, err := command.CombinedOutput()
	if text := string(said); err == nil || !strings.Contains(text, "server code 503") || strings.Contains(strings.ToLower(text), "unsolicited") {
		t.Errorf("it said %q, %v", text, err)
	}
}
