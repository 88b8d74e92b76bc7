export { writeCommonJsEntries } from './commonjs-entries.ts'
export { type Entry, findEntries } from './find-entries.ts'
export { weigh } from './weigh/weigh.ts'
