export const apiKeys = ['RANDOM_HEX_32', 'RANDOM_HEX_32']
