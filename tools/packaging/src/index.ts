export { writeCommonJsEntries } from './commonjs-entries.ts'
export { type Entry, findEntries } from './find-entries.ts'
