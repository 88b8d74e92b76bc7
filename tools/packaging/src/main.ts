import process from 'node:process'
import { writeCommonJsEntries } from './commonjs-entries.ts'

// main.ts FOLDER…: writes the CommonJS entries of the packages in these folders, which are built.
await writeCommonJsEntries(process.argv.slice(2))
