import { writeFileSync } from 'node:fs'

export const dump = (file: string) =>
  writeFileSync(file, JSON.stringify(process.report.getReport()))
