//go:build !linux

package priority

import (
	"errors"
	"fmt"
)

// Lower returns errors.ErrUnsupported on this system.
func Lower() error { return fmt.Errorf("lower the priority: %w", errors.ErrUnsupported) }
