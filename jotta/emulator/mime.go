package emulator

import (
	"path"
	"strings"
)

// mimeType goes by the name alone. The table is short and built in, so that answers do
// not depend on the machine.
func mimeType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	case ".gif":
		return "image/gif"
	case ".txt":
		return "text/plain"
	case ".html", ".htm":
		return "text/html"
	case ".xml":
		return "text/xml"
	case ".json":
		return "application/json"
	case ".pdf":
		return "application/pdf"
	case ".zip":
		return "application/zip"
	case ".mp3":
		return "audio/mpeg"
	case ".mp4":
		return "video/mp4"
	}
	return "application/octet-stream"
}

// mediaStyle is the type once more, as the service's mstyle element has it.
func mediaStyle(kind string) string {
	return strings.NewReplacer("/", "_", "-", "_").Replace(strings.ToUpper(kind))
}
