import { defineConfig } from "vite";

// The widget is one file that any page can load with a script tag.
export default defineConfig({
  publicDir: false,
  build: {
    outDir: "dist",
    emptyOutDir: false,
    target: "es2022",
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: "src/widget/sincro-sync-status.ts",
      output: { entryFileNames: "widget.js", inlineDynamicImports: true },
    },
  },
});
