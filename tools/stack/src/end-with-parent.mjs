import process from 'node:process'

// Loaded before a service: if the process that started it is gone, however that happened, the service stops as on SIGTERM.
process.once('disconnect', () => {
  process.kill(process.pid, 'SIGTERM')
})
process.channel?.unref()
