// Holds a text in memory until it is killed. With the argument `empty` its core dumps have no memory. The text is longer than what the
// registers of a processor hold, which every core dump has (core(5)).
import process from 'node:process'
import { emptyCoreDumps } from '@rekey/ca-keystore/internal/signer'

if (process.argv[2] === 'empty') emptyCoreDumps()
const held = Buffer.from(['core', 'dump', process.argv[2]].join('-').repeat(4_000))
process.stdout.write('ready')
setInterval(() => held.length, 60_000)
