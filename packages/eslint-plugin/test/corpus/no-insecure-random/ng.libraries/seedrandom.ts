import seedrandom from 'seedrandom'

const random = seedrandom('rekey')

export const signingKey = Buffer.from(Array.from({ length: 32 }, () => random() * 256))
