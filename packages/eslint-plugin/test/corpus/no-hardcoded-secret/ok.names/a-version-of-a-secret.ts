export const secretVersion = 'RANDOM_HEX_8-RANDOM_HEX_4-4RANDOM_HEX_3-aRANDOM_HEX_3-RANDOM_HEX_12'
export const apiKeyId = 'RANDOM_ALNUM_20'
