package emulator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// trashKept is how long the service keeps what was deleted.
const trashKept = 30 * 24 * time.Hour

// compactAbove is the size of a journal that is worth a new snapshot.
const compactAbove = 1 << 20

// Server is a cloud kept in a folder, and the http.Handler that serves it. Its
// methods may be called concurrently.
type Server struct {
	options   Options
	directory *directory
	contents  *contents
	token     string
	codes     *codes
	faults    *faults
	requests  *requestLog
	url       atomic.Value // string: where the server can be reached

	mu         sync.RWMutex // guards the tree: reads of it, decisions, changes
	tree       *tree
	journal    *journal
	generation int
	closed     bool
}

// Open opens the cloud in the folder, creating it if need be. One process at a time
// holds it. Everything that was ever answered is there, however the last holder ended.
func Open(options Options) (*Server, error) {
	options = options.withDefaults()
	if err := checkName(options.Username); err != nil {
		return nil, fmt.Errorf("open cloud: user name: %w", err)
	}
	d, err := openDirectory(options.Directory)
	if err != nil {
		return nil, err
	}
	s, err := load(d, options)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open cloud %q: %w", options.Directory, err), d.close())
	}
	return s, nil
}

func load(d *directory, options Options) (*Server, error) {
	if err := choosePassword(d, &options); err != nil {
		return nil, err
	}
	held := newContents(d, options.NoSync)
	t, j, generation, err := loadTree(d, options.NoSync)
	if err != nil {
		return nil, err
	}
	s := &Server{
		options: options, directory: d, contents: held, token: randomToken(),
		codes: newCodes(), faults: newFaults(), requests: new(requestLog),
		tree: t, journal: j, generation: generation,
	}
	missing, err := held.sweep(t)
	if err != nil {
		return nil, errors.Join(err, j.close())
	}
	for _, sum := range missing {
		options.Logger.Error("content is missing from the folder", slog.String("md5", sum))
	}
	if err := errors.Join(s.settleFolders(), s.furnish(), s.expireTrash()); err != nil {
		return nil, errors.Join(err, j.close())
	}
	return s, nil
}

// settleFolders makes durable that the journal is there, and the folders of content that
// a holder made who was killed before he synced them.
func (s *Server) settleFolders() error {
	if s.options.NoSync {
		return nil
	}
	return errors.Join(s.directory.sync("."), s.directory.sync(contentName))
}

func choosePassword(d *directory, options *Options) (err error) {
	switch {
	case options.Password != "":
	case options.KeepPassword:
		options.Password, err = d.password()
	default:
		options.Password = randomToken()
	}
	return err
}

// Username is the account's name: the login, and the first segment of JFS paths.
func (s *Server) Username() string { return s.options.Username }

// Password signs in with Username.
func (s *Server) Password() string { return s.options.Password }

// Token is a bearer access token for clients in this process. It never expires, and
// is another one each time the cloud is opened.
func (s *Server) Token() string { return s.token }

// ServeHTTP answers one request of any of the service's hosts: it looks at the path
// only, so that a proxy or a hosts file may point several hosts here.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r)
}

// Close makes everything durable and lets go of the folder. Requests still running
// fail; Running.Close waits for them first.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	err := s.journal.close()
	if err == nil && s.journal.size > compactAbove && draftSnapshot(s.directory, s.tree, s.generation+1) == nil {
		err = adoptSnapshot(s.directory, s.generation+1)
	}
	return errors.Join(err, s.contents.close(), s.directory.close())
}

// now is the server's time in whole seconds, which is all the service keeps.
func (s *Server) now() int64 { return s.options.Now().Unix() }

func (s *Server) debug(message string, attributes ...slog.Attr) {
	s.options.Logger.LogAttrs(context.Background(), slog.LevelDebug, message, attributes...)
}
