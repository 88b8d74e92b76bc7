export const accessKey = performance.now().toString(36)
