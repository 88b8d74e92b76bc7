export const documented = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }
