package sandbox

// HostFunctions are all that guests may import, module.name, with their signatures.
// proc_exit is left out.
func HostFunctions() map[string]string {
	list := map[string]string{}
	for module, functions := range hostModules {
		for _, f := range functions {
			if module != scriptModule && f.name != "proc_exit" {
				list[module+"."+f.name] = f.signature
			}
		}
	}
	return list
}
