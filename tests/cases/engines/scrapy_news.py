import scrapy


class News(scrapy.Spider):  # scrapy runspider scrapy_news.py -O news.jsonl
    name, start_urls = "news", ["http://news.example/"]
    custom_settings = {
        "ITEM_PIPELINES": {"normalizer.engines.scrapy.NormalizerPipeline": 300},
        "NORMALIZER_LATE": "late.jsonl",  # items whose story was found later, repaired with it
    }

    def parse(self, response):
        yield {"url": response.url, "text": "\n\n".join(response.css("article p::text").getall())}
        yield from response.follow_all(css="nav a")
