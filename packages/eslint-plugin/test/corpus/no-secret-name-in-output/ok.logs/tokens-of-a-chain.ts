declare const pool: { token0: string; token1: string }
const { token0, token1 } = pool
console.log({ token0, token1, tokenMint: 'x' })
