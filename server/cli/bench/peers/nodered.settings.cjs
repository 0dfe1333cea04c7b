// Node-RED as it is installed, on loopback alone, without what talks to others.
module.exports = {
  flowFile: 'flows.json',
  uiHost: '127.0.0.1',
  uiPort: Number(process.env.PORT),
  credentialSecret: false,
  telemetry: { enabled: false, updateNotification: false },
  logging: { console: { level: 'warn', metrics: false, audit: false } },
  editorTheme: { tours: false },
};
