const { argv, exitCode } = process

export const started = { argv, exitCode, pid: process.pid, memory: process.memoryUsage() }
process.on('SIGTERM', () => process.exit(0))
