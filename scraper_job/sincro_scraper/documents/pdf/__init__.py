"""Tables out of PDF exports: `reader` composes what `words`, `headers`, `columns` and `rows` each decide."""

from sincro_scraper.documents.pdf.layout import PdfLayout
from sincro_scraper.documents.pdf.reader import read_pdf_table

__all__ = ["PdfLayout", "read_pdf_table"]
