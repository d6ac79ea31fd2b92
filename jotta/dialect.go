package jotta

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
)

// dialect is what has been found out about how old a service is. What is not known
// yet is taken for new; what was learned holds as long as the client.
type dialect struct {
	allocates    atomic.Bool // it has done so once: then what it refuses is a file
	noAllocation atomic.Bool
	listing      atomic.Int32 // the newest listMode that it knows
}

func (d *dialect) lacksAllocation() bool { return d.noAllocation.Load() }

func (d *dialect) listMode() listMode { return listMode(d.listing.Load()) }

func (c *Client) noteNoAllocation() {
	if c.old.noAllocation.CompareAndSwap(false, true) {
		c.log.Info("the service knows no allocation: uploading in the old way", "host", c.endpoints.upload.Host)
	}
}

func (c *Client) noteListMode(mode listMode) {
	newest := c.old.listing.Load()
	if int32(mode) > newest && c.old.listing.CompareAndSwap(newest, int32(mode)) {
		c.log.Info("the service lists in an older way", "way", mode.String(), "host", c.endpoints.jfs.Host)
	}
}

// refusesAllocation reports whether err is the answer of a host that has no
// allocation, rather than of one that will not allocate this path. JottaCloud has it, and so has
// a host that allocated before.
func (c *Client) refusesAllocation(err error) bool {
	var answer *APIError
	if !errors.As(err, &answer) || c.old.allocates.Load() || isOwn(strings.ToLower(c.endpoints.api.Hostname())) {
		return false
	}
	switch answer.Status {
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return true
	case http.StatusNotFound:
		return answer.ID == "" || answer.fromJFS // the API names an error in JSON
	}
	return false
}

// isNotOffered reports whether err may be the answer of a service that does not know
// what it was asked to do, as opposed to one that misses what it was asked about.
func isNotOffered(err error) bool {
	var answer *APIError
	if !errors.As(err, &answer) || errors.Is(err, ErrUnauthorized) {
		return false
	}
	switch answer.Status {
	case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return true
	case http.StatusNotFound:
		return answer.ID != "NoSuchPathException" && answer.ID != "NoSuchFileException"
	}
	return false
}

// uploadBase is the address of JFS on the host that takes uploads without allocation.
func (c *Client) uploadBase() string {
	base := c.endpoints.upload
	if !strings.HasSuffix(base.Path, "/jfs") {
		base = base.JoinPath("jfs")
	}
	return base.String()
}
