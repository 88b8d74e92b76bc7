export const apiKey = 'RANDOM_HEX_16' + 'RANDOM_HEX_16'
