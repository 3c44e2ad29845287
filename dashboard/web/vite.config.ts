import { defineConfig } from "vite";

// Asset addresses are relative: the server writes the base path into index.html when it serves it.
export default defineConfig({
  base: "./",
  build: {
    outDir: "dist",
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8000", "/socket.io": { target: "ws://127.0.0.1:8000", ws: true } } },
});
