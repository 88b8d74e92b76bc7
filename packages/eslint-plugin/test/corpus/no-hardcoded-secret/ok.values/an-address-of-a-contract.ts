export const tokenAddress = '0xRANDOM_HEX_40'
export const token = { address: '0xRANDOM_HEX_40', symbol: 'USDC' }
