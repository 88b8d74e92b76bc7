const payload = 'eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ'

export const sample = `eyJhbGciOiJIUzI1NiJ9.${payload}.RANDOM_BASE64URL_43`
