export { writeCommonJsEntries } from './commonjs-entries.ts'
