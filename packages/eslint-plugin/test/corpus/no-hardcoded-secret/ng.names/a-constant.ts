export const API_KEY = 'RANDOM_HEX_32'
