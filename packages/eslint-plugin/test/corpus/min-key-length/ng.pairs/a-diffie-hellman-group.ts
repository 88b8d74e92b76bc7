// @reports shortModulus
import { createDiffieHellmanGroup } from 'node:crypto'

export const exchange = createDiffieHellmanGroup('modp2')
