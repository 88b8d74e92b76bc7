const report = process.report.getReport() as { environmentVariables: Record<string, string> }

export const key = report.environmentVariables.API_KEY
