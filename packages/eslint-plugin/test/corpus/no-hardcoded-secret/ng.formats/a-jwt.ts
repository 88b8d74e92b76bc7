const part = 'eyJRANDOM_ALNUM_40'

export const session = `eyJhbGciOiJIUzI1NiJ9.${part}.RANDOM_BASE64URL_43`
