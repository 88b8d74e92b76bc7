import { readFile } from 'node:fs/promises'

export const environ = () => readFile(`/proc/${process.pid}/environ`, 'utf8')
