export const headers = { 'PRIVATE-TOKEN': 'glpat-RANDOM_BASE64URL_20' }
