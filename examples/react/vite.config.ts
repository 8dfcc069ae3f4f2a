import { defineConfig, type UserConfig } from 'vite'

const config: UserConfig = defineConfig({
  server: {
    // Topology 1: the browser sees one origin, as behind a proxy in production.
    proxy: { '/auth': { target: 'http://127.0.0.1:3000' } },
  },
})

export default config
