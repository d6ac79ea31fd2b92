package bench

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jottarun/jottarun/jotta/emulator"
)

// backup is a tree of files and a cloud, in a process of its own, that has them all.
type backup struct {
	program string
	tree    string
	jobs    string // the jobs file
	state   string // the state folder; what it holds is the checksum cache
	cloud   *filled
}

const user, password = "emulator", "for the benchmark"

// newBackup makes a tree of files of one size, 100 in a folder. The flags are those of
// the cloud.
func newBackup(b *testing.B, program string, files, size int, flags ...string) *backup {
	b.Helper()
	dir := b.TempDir()
	at := &backup{
		program: program, tree: filepath.Join(dir, "tree"), jobs: filepath.Join(dir, "jobs.yaml"),
		state: filepath.Join(dir, "state"), cloud: newFilled(b, filepath.Join(dir, "cloud")),
	}
	for i := range files {
		name := fmt.Sprintf("folder-%04d/file-%02d.dat", i/100, i%100)
		content := bytes.Repeat(fmt.Appendf(nil, "%08d", i), size/8)
		path := filepath.Join(at.tree, name)
		if i%100 == 0 {
			must(b, os.MkdirAll(filepath.Dir(path), 0o755))
		}
		must(b, os.WriteFile(path, content, 0o644))
		at.cloud.put(name, content)
	}
	at.cloud.serve(program, flags...)
	must(b, os.WriteFile(at.jobs, fmt.Appendf(nil, `version: 1
account:
  service: custom
  endpoints: {jfs: "%[1]s/jfs", api: "%[1]s", upload: "%[1]s/jfs"}
settings: {state_dir: %[2]s}
jobs:
  tree: {root: %[3]s, target: /mybox/backup/tree}
`, at.cloud.url, at.state, at.tree), 0o600))
	return at
}

// command is a run of jottarun that finds nothing to do.
func (at *backup) command() *exec.Cmd {
	command := exec.Command(at.program, "run", "-q", "-c", at.jobs)
	command.Env = append(os.Environ(), "JOTTACLOUD_USERNAME="+user, "JOTTACLOUD_PASSWORD="+password, "SSL_CERT_FILE="+at.cloud.authority())
	return command
}

// find is the yardstick: it looks once at each file, and does nothing else.
func (at *backup) find() *exec.Cmd {
	return exec.Command("find", at.tree, "-type", "f", "-printf", `%s %T@\n`)
}

// filled is a cloud that is filled without a wire, and then served.
type filled struct {
	b         *testing.B
	directory string
	server    *emulator.Server
	url       string
}

func newFilled(b *testing.B, directory string) *filled {
	b.Helper()
	server, err := emulator.Open(emulator.Options{
		Directory: directory, Username: user, Password: password, Devices: []string{"mybox"}, NoSync: true,
	})
	must(b, err)
	server.SetURL("http://127.0.0.1")
	c := &filled{b: b, directory: directory, server: server}
	c.request("/jfs/"+user+"/mybox/backup", nil)
	return c
}

// put stores a file below the job's target.
func (c *filled) put(name string, content []byte) {
	sum := md5.Sum(content)
	body := fmt.Sprintf(`{"path":"/jfs/mybox/backup/tree/%s","bytes":%d,"md5":%q}`, name, len(content), hex.EncodeToString(sum[:]))
	var answer struct {
		State string `json:"state"`
		URL   string `json:"upload_url"`
	}
	must(c.b, json.Unmarshal(c.request("/files/v1/allocate", []byte(body)), &answer))
	if answer.State != "COMPLETED" {
		c.request(strings.TrimPrefix(answer.URL, "http://127.0.0.1"), content)
	}
}

func (c *filled) request(path string, body []byte) []byte {
	request := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+c.server.Token())
	response := httptest.NewRecorder()
	c.server.ServeHTTP(response, request)
	if response.Code/100 != 2 {
		c.b.Fatalf("%s: %d %s", path, response.Code, response.Body)
	}
	return response.Body.Bytes()
}

// serve starts the cloud as a process of its own, until the benchmark ends.
func (c *filled) serve(program string, flags ...string) {
	must(c.b, c.server.Close())
	command := exec.Command(program, append([]string{"emulator", "--listen", "127.0.0.1:0", "--directory", c.directory}, flags...)...)
	command.Env = append(os.Environ(), "JOTTACLOUD_USERNAME="+user, "JOTTACLOUD_PASSWORD="+password)
	out, err := command.StdoutPipe()
	must(c.b, err)
	must(c.b, command.Start())
	c.b.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	must(c.b, err)
	c.url = strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
}

// authority is the certificate that clients of a cloud with TLS have to trust.
func (c *filled) authority() string { return filepath.Join(c.directory, "authority.pem") }

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
