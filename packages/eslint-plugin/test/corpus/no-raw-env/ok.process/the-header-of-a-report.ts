const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } }

export const isMusl = report.header.glibcVersionRuntime === undefined
