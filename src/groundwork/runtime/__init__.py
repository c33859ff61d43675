"""Settings, the engine's plugin, gateway, servers and logs. Imports domain and workflows."""
