package emulator

const controlPrefix = "/emulator/"

func findControl(method, path string) route {
	return route{name: "unknown", run: refuseUnknown, open: true}
}
