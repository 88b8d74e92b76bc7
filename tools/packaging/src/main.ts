import { resolve } from 'node:path'
import process from 'node:process'
import { bundlePackages } from './bundle.ts'
import { writeCommonJsEntries } from './commonjs-entries.ts'

// main.ts FOLDER…: writes the code of the packages in these folders, whose types are built, and their CommonJS entries.
const folders = process.argv.slice(2).map((folder) => resolve(folder))
await bundlePackages(folders)
await writeCommonJsEntries(folders)
