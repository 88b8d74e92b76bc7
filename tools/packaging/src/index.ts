export { bundlePackages } from './bundle.ts'
export { writeCommonJsEntries } from './commonjs-entries.ts'
export { type Entry, findEntries, findPackages } from './find-entries.ts'
export { weigh } from './weigh/weigh.ts'
