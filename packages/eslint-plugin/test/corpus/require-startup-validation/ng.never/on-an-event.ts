import { app } from './app.ts'

process.on('exit', () => app.listen(1))
