import { openMountSource } from '../../../src/store/index.ts'

/** Watches a mount where no watch can be had: tells what it knows of that, then each value, as lines. */
const [directory = '', name = ''] = process.argv.slice(2)
const source = await openMountSource({ directory, pollMs: 200 })
const tell = (fact: unknown) => process.stdout.write(`${JSON.stringify(fact)}\n`)
tell((await source.warnings([name])).map(({ rule }) => rule))
await source.read(name)
const signal = AbortSignal.timeout(30_000)
setTimeout(() => undefined, 30_000)
for await (const { current } of source.watch(name, signal)) tell(current.version)
