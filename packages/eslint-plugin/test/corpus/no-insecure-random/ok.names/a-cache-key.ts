export const cacheKey = `report-${Date.now()}`
